# The parameters of endpoint.yaml and alarms.yaml: the same names, defaults and checks.

variable "endpoint_name" {
  description = "Name of the endpoint, which its alarms and metrics have too"
  type        = string

  validation {
    condition     = can(regex("^([a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})$", var.endpoint_name))
    error_message = "endpoint_name must be letters, digits and hyphens, at most 63."
  }
}

variable "image" {
  description = "Address of the image in ECR, with a tag or digest"
  type        = string

  validation {
    condition     = can(regex("^([0-9]{12}\\.dkr\\.ecr\\..+/.+[:@].+)$", var.image))
    error_message = "image must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG."
  }
}

variable "model_data" {
  description = "model.tar.gz of a training job"
  type        = string

  validation {
    condition     = can(regex("^(s3://.+/.+\\.tar\\.gz)$", var.model_data))
    error_message = "model_data must be s3://BUCKET/KEY.tar.gz."
  }
}

variable "role_arn" {
  description = "Execution role, such as the output RoleArn of role.yaml"
  type        = string

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:iam::[0-9]{12}:role/.+)$", var.role_arn))
    error_message = "role_arn must be the ARN of a role."
  }
}

variable "instance_type" {
  description = "Type of each instance"
  type        = string
  default     = "ml.m5.large"

  validation {
    condition     = can(regex("^(ml\\..+)$", var.instance_type))
    error_message = "instance_type must be a type that begins with ml."
  }
}

variable "min_instances" {
  description = "Instances at the least, and to begin with"
  type        = number
  default     = 1

  validation {
    condition     = var.min_instances >= 1
    error_message = "min_instances must be at least 1."
  }
}

variable "max_instances" {
  description = "Instances at the most"
  type        = number
  default     = 2

  validation {
    condition     = var.max_instances >= 1
    error_message = "max_instances must be at least 1."
  }
}

variable "invocations_per_instance" {
  description = "Requests a minute for each instance that scaling keeps to. 30000 are 500 a second"
  type        = number
  default     = 30000

  validation {
    condition     = var.invocations_per_instance >= 1
    error_message = "invocations_per_instance must be at least 1."
  }
}

variable "capture_uri" {
  description = "s3:// folder for requests and answers. Empty: none are kept"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^((s3://.+)?)$", var.capture_uri))
    error_message = "capture_uri must be s3://BUCKET/PREFIX."
  }
}

variable "capture_percentage" {
  description = "Share of the requests that is captured"
  type        = number
  default     = 100

  validation {
    condition     = var.capture_percentage >= 1 && var.capture_percentage <= 100
    error_message = "capture_percentage must be between 1 and 100."
  }
}

variable "metrics" {
  description = "emf: log lines that become the metrics of namespace SageMakerText. none: no such lines"
  type        = string
  default     = "emf"

  validation {
    condition     = contains(["emf", "none"], var.metrics)
    error_message = "metrics must be emf or none."
  }
}

variable "roll_back" {
  description = "true: an update is taken back when alarms.yaml's alarms of errors or latency go off. They must exist"
  type        = bool
  default     = false
}

variable "kms_key_arn" {
  description = "Key for the disks and for captured data. Empty: AWS's own keys"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^((arn:aws[a-z-]*:kms:.+:key/.+)?)$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "subnets" {
  description = "Subnets of your own network. Empty: SageMaker's"
  type        = list(string)
  default     = []
}

variable "security_groups" {
  description = "Security groups in that network"
  type        = list(string)
  default     = []
}

variable "email" {
  description = "Address that the topic tells, once you confirm its first mail. Empty: subscribe to the topic yourself"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^((.+@.+)?)$", var.email))
    error_message = "email must be an address with an @."
  }
}

variable "server_error_percent" {
  description = "Percent of requests answered with 5xx, over which an alarm goes off"
  type        = number
  default     = 1
}

variable "client_error_percent" {
  description = "Percent of requests answered with 4xx"
  type        = number
  default     = 10
}

variable "model_milliseconds" {
  description = "Latency of the container, as SageMaker measures it, that one request in a hundred exceeds"
  type        = number
  default     = 200
}

variable "overhead_milliseconds" {
  description = "The same for what SageMaker adds"
  type        = number
  default     = 200
}

variable "cpu_percent" {
  description = "Processor time of an instance, 100 for each of its vCPUs. 160 is 80 % of an ml.m5.large"
  type        = number
  default     = 160
}

variable "memory_percent" {
  description = "Memory in use on an instance"
  type        = number
  default     = 85
}

variable "record_error_percent" {
  description = "Percent of the container's requests that failed, by its own count"
  type        = number
  default     = 10
}

variable "container_milliseconds" {
  description = "Latency within the container that one request in a hundred exceeds"
  type        = number
  default     = 100
}

variable "confidence_below" {
  description = "Mean probability of the predicted label, under which an alarm goes off"
  type        = number
  default     = 0.6
}

variable "unknown_words_above" {
  description = "Share of words that are not among the most frequent ones of the training data, above which an alarm goes off"
  type        = number
  default     = 0.3
}

variable "drift_above" {
  description = "Mean drift from the training data, where 1 is the model's own threshold, above which an alarm goes off"
  type        = number
  default     = 1
}
